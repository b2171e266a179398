// root.ts - where this console is, and how its server tells people apart. Written into the
// page by the server.
const said = document.querySelector<HTMLMetaElement>('meta[name=ringi]')!.dataset;

/** The address that everything of this server begins with; ends with '/'. */
export const root = new URL(said.root ?? './', location.href).pathname;
/** off: nobody signs in, everybody names themselves (X-Ringi-User). */
export const authOn = said.auth !== 'off';
export const version = said.version ?? '';
