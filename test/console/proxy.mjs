// proxy.mjs - a proxy before the server of a story, which cuts a path off.
import http from 'node:http';

/** What nginx does with `proxy_pass http://…/;` and `proxy_buffering off`. `change`: of the headers, as they go on. */
export const passOn = (server, path, change) => (req, res) => {
  if (!req.url.startsWith(`${path}/`)) { res.writeHead(404).end(); return; }
  const on = http.request(server.url, { method: req.method, path: req.url.slice(path.length),
    headers: change({ ...req.headers }) }, (answer) => {
    res.writeHead(answer.statusCode, answer.headers);
    answer.pipe(res);
  });
  on.on('error', () => res.destroy());
  res.on('close', () => on.destroy());
  req.pipe(on);
};
