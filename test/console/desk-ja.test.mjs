// desk-ja.test.mjs - the screens of approvers and applicants in Japanese.
import { walk } from './desk-screens.mjs';

walk('ja');
