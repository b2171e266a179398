// once.tsx - secrets that the server tells once: shown once, copied, and gone with the dialog.
import { texts } from '../lib/text';
import { Button, Copy, Dialog } from './parts';

const t = texts({ kept: ['I have kept it', '保管しました'] });

export function Once({
  title,
  text,
  secrets,
  onClose,
}: {
  title: string;
  text: string;
  secrets: readonly (readonly [label: string, secret: string])[];
  onClose: () => void;
}) {
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{text}</p>
      <dl class="once">
        {secrets.map(([label, secret]) => (
          <div key={label}>
            <dt class="small soft">{label}</dt>
            <dd class="row">
              <code>{secret}</code>
              <Copy text={secret} />
            </dd>
          </div>
        ))}
      </dl>
      <div class="dialog-actions">
        <Button tone="primary" onClick={onClose}>
          {t('kept')}
        </Button>
      </div>
    </Dialog>
  );
}
