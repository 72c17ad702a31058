/**
 * `hushroom-relay console ...`: what the owner of the host may do when nobody gets in by the door. It works on the database beside a
 * running relay, and leaves its line in the audit log like anything else.
 */
import { hkdfSync, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { keptSecret, openDataFolder } from '../data-folder.ts';
import { RelayError } from '../errors.ts';
import { Accounts } from './accounts.ts';
import { Audit } from './audit.ts';
import { openDatabase } from './database.ts';
import { Sessions } from './sessions.ts';

/** Keys of the console's parts, from the one secret in the data folder. */
export function consoleKey(folder: string | null): (purpose: string) => Uint8Array {
  const root = folder === null ? randomBytes(32) : keptSecret(folder, 'console-key', () => randomBytes(32));
  return (purpose) => new Uint8Array(hkdfSync('sha256', root, '', `hushroom console ${purpose}`, 32));
}

/** Resolves to the exit code. Throws `RelayError`. */
export async function recover(folder: string, args: readonly string[], say: (line: string) => void, now: () => number): Promise<number> {
  if (folder === '' || !existsSync(join(folder, 'console.sqlite')))
    throw new RelayError('bad-data-folder', 'there is no console in this data folder; start the relay with `console` once');
  openDataFolder(folder);
  const database = openDatabase(folder);
  try {
    const audit = new Audit(database, consoleKey(folder)('audit'), now);
    const [verb, name] = args;
    switch (verb) {
      case 'reset':
        return await reset(name ?? '');
      case 'allow-all':
        database.prepare("delete from kept where name = 'allowed'").run();
        audit.append('host', 'allowed', 'done', { ranges: [] });
        say('The console answers every address again.');
        return 0;
      case 'audit': {
        const verdict = audit.verify();
        say(
          verdict.intact
            ? `Whole: ${verdict.entries} entries.`
            : `Not whole: entry ${verdict.number} is ${verdict.why === 'changed' ? 'changed' : 'missing'}.`,
        );
        return verdict.intact ? 0 : 3;
      }
      default:
        throw new RelayError('bad-settings', 'say what: console reset NAME, allow-all or audit');
    }

    async function reset(who: string): Promise<number> {
      const accounts = new Accounts(database, now);
      const account = accounts.all().find((one) => one.name.toLowerCase() === who.toLowerCase());
      if (account === undefined)
        throw new RelayError(
          'bad-settings',
          `there is no account ${who}; there are: ${accounts
            .all()
            .map((one) => one.name)
            .join(', ')}`,
        );
      const password = randomBytes(18).toString('base64url');
      await accounts.setPassword(account.id, password);
      accounts.removeTotp(account.id);
      new Sessions(database, now).endAll(account.id);
      audit.append('host', 'account.reset', 'done', { name: account.name });
      say(`${account.name} signs in with ${password} now, without a second step. Set another password at once.`);
      return 0;
    }
  } finally {
    database.close();
  }
}
