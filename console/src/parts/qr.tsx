// qr.tsx - a text as a QR code (ISO/IEC 18004): bytes, error correction L, versions 1 to 9,
// which is 230 bytes; nothing for longer ones.
import { qr } from '../lib/qr';

export function Qr({ text }: { text: string }) {
  const at = qr(text);
  if (!at) return null;
  const n = at.length + 8; // four modules of quiet around it
  const d = at
    .flatMap((row, y) => row.flatMap((on, x) => (on ? [`M${x + 4} ${y + 4}h1v1h-1z`] : [])))
    .join('');
  return (
    <svg class="qr" viewBox={`0 0 ${n} ${n}`} width={n * 4} height={n * 4} role="img" aria-label="QR">
      <rect width={n} height={n} />
      <path d={d} />
    </svg>
  );
}
