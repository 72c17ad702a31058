/** An exported conversation under a passphrase (docs/export.md): the slow hash in a worker, the rest here. Loaded when somebody exports. */
import { utf8 } from '../../shared/bytes.ts';
import { exportCost, saltBytes, sealExport } from '../../shared/export/sealed.ts';
import type { Random } from '../../shared/ports.ts';
import { stretchPassword } from '../worker/password.ts';

export async function sealText(text: string, passphrase: string, random: Random): Promise<Uint8Array> {
  const salt = random(saltBytes);
  const prk = await stretchPassword({ password: passphrase, salt, cost: exportCost });
  return sealExport(utf8(text), prk, salt, random);
}
