/**
 * `npm run open-export -- FILE [OUTPUT]`: reads a conversation that was exported under a passphrase (docs/export.md). The passphrase is asked for
 * on the terminal, or read from standard input where that is a pipe, and is never an argument, which other users could see.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { utf8Text } from '../shared/bytes.ts';
import { ProtocolError } from '../shared/errors.ts';
import { openExport, readExportHead } from '../shared/export/sealed.ts';
import { exportSecret } from '../shared/handshake/password.ts';

const reasons: Partial<Record<ProtocolError['code'], string>> = {
  malformed: 'this is not a conversation exported under a passphrase',
  truncated: 'the file was cut off',
  oversize: 'the file asks for more memory or time than a Hushroom export ever does',
  'wrong-password': 'the passphrase is another one',
  unauthentic: 'the file was changed',
};

/** What is typed is not shown. */
async function askPassphrase(): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  if (process.stdin.isTTY) process.stderr.write('Passphrase: ');
  const lines = createInterface({ input: process.stdin, output: silent, terminal: process.stdin.isTTY });
  try {
    return await lines.question('');
  } finally {
    lines.close();
    if (process.stdin.isTTY) process.stderr.write('\n');
  }
}

async function main([from, to]: readonly string[]): Promise<number> {
  if (from === undefined) {
    console.error('hushroom: npm run open-export -- FILE [OUTPUT]');
    return 2;
  }
  try {
    const file = new Uint8Array(readFileSync(from));
    const { salt, cost } = readExportHead(file);
    const text = utf8Text(openExport(file, await exportSecret(await askPassphrase(), salt, cost)));
    if (to === undefined) process.stdout.write(text);
    else writeFileSync(to, text, { mode: 0o600 });
    return 0;
  } catch (error) {
    const reason = error instanceof ProtocolError ? reasons[error.code] : undefined;
    console.error(`hushroom: ${from}: ${reason ?? (error as Error).message}`);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
