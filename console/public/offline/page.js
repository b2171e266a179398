// The page that was wanted, as soon as it can be had. A network that is there says nothing about the
// server, so that is asked, too.
const again = () =>
  fetch(location.href, { method: 'HEAD', cache: 'no-store' }).then(
    () => location.reload(),
    () => undefined,
  );
addEventListener('online', again);
setInterval(again, 5000);
