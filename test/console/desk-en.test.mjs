// desk-en.test.mjs - the screens of approvers and applicants in English.
import { walk } from './desk-screens.mjs';

walk('en');
