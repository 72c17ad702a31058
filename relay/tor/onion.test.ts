/** What a real tor does not do on demand: refuse, forget, hold a broken key. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeTor, offers } from '../testing/fake-tor.ts';
import { Control } from './control.ts';
import { type AddedOnion, publishByAdding, publishFromFolder } from './onion.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function tor(answer: (command: string) => readonly string[]): Promise<{ fake: FakeTor; control: Control }> {
  const fake = await FakeTor.start((command) => (command.startsWith('PROTOCOLINFO') ? offers('NULL') : answer(command)));
  const control = await Control.open(fake.place);
  ends.push(
    () => control.close(),
    () => fake.close(),
  );
  return { fake, control };
}

const name = 'a'.repeat(56);
const added = (some: Partial<AddedOnion> = {}): AddedOnion => ({
  target: '127.0.0.1:9',
  port: 80,
  hasPow: true,
  maxStreams: 64,
  clients: () => [],
  kept: () => undefined,
  keep: () => {},
  ...some,
});
const addings = (fake: FakeTor): string[] => fake.commands.filter((command) => command.startsWith('ADD_ONION'));

describe('an onion that is added', () => {
  it('asks for a key once and brings it back each time, with all that restricts it', async () => {
    const { fake, control } = await tor((command) =>
      command.startsWith('ADD_ONION')
        ? [`250-ServiceID=${name}`, ...(command.includes('NEW:') ? ['250-PrivateKey=ED25519-V3:c2VjcmV0'] : []), '250 OK']
        : ['250 OK'],
    );
    let key: string | undefined;
    const publish = publishByAdding(
      added({
        clients: () => ['ONE', 'TWO'],
        kept: () => key,
        keep: (made) => {
          key = made;
        },
      }),
    );
    expect(await publish(control)).toBe(`${name}.onion`);
    expect(await publish(control)).toBe(`${name}.onion`);
    const rest = 'Flags=V3Auth MaxStreams=64 PoWDefensesEnabled=1 Port=80,127.0.0.1:9 ClientAuthV3=ONE ClientAuthV3=TWO';
    expect(addings(fake)).toEqual([`ADD_ONION NEW:ED25519-V3 ${rest}`, `ADD_ONION ED25519-V3:c2VjcmV0 ${rest}`]);
  });

  it('does without proof of work in a tor that was built without it, and tells every other refusal', async () => {
    const { fake, control } = await tor((command) => {
      if (command.includes('PoW')) return ['512 Unrecognized argument PoWDefensesEnabled'];
      return command.startsWith('ADD_ONION') ? [`250-ServiceID=${name}`, '250 OK'] : ['250 OK'];
    });
    expect(await publishByAdding(added())(control)).toBe(`${name}.onion`);
    expect(addings(fake)).toHaveLength(2);
    const strict = await tor((command) => (command.startsWith('ADD_ONION') ? ['550 Onion address collision'] : ['250 OK']));
    await expect(publishByAdding(added())(strict.control)).rejects.toMatchObject({ code: 'refused' });
  });
});

describe('an onion whose key tor keeps', () => {
  it('has the name that tor wrote beside the key, or none that can be used', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hushroom-hostname-'));
    ends.push(() => rmSync(folder, { recursive: true }));
    const { control } = await tor(() => ['250 OK']);
    await expect(publishFromFolder(folder)(control)).rejects.toMatchObject({ code: 'key-unusable' });
    writeFileSync(join(folder, 'hostname'), 'not an onion\n');
    await expect(publishFromFolder(folder)(control)).rejects.toMatchObject({ code: 'key-unusable' });
    writeFileSync(join(folder, 'hostname'), `${name}.onion\n`);
    expect(await publishFromFolder(folder)(control)).toBe(`${name}.onion`);
  });
});
