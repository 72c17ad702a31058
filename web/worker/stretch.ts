/** Which slow hash a secret that a person typed goes through: that of a room (protocol.md "Handshake") or that of a file (docs/export.md). */
import type { ExportCost } from '../../shared/export/sealed.ts';
import { exportSecret, passwordSecret } from '../../shared/handshake/password.ts';

export type PasswordQuestion =
  | { readonly password: string; readonly roomPub: Uint8Array }
  | { readonly password: string; readonly salt: Uint8Array; readonly cost: ExportCost };

export function stretch(question: PasswordQuestion): Promise<Uint8Array> {
  const { password } = question;
  return 'roomPub' in question ? passwordSecret(password, question.roomPub) : exportSecret(password, question.salt, question.cost);
}
