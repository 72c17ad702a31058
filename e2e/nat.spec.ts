/** People behind NATs: real address translation in the kernel, a real coturn. */
import { expect, test } from './fixtures.ts';
import { type NatKind, NatLab, publicAddress } from './nat.ts';
import type { Path, Person } from './person.ts';
import { Relay } from './relay.ts';

test.describe.configure({ timeout: 120_000 });

interface Case {
  readonly kinds: readonly [NatKind, NatKind];
  readonly turn: boolean;
  readonly path: Path;
  readonly says: string;
}

const secret = 'a secret that the relay and coturn share';

const cases: readonly Case[] = [
  { kinds: ['restricted', 'restricted'], turn: true, path: 'direct', says: 'two home routers are punched through' },
  { kinds: ['symmetric', 'symmetric'], turn: false, path: 'relayed', says: 'two symmetric NATs talk through the relay at once' },
  { kinds: ['symmetric', 'symmetric'], turn: true, path: 'turn', says: 'two symmetric NATs get a data channel by TURN' },
  { kinds: ['udp-blocked', 'restricted'], turn: false, path: 'relayed', says: 'where UDP is blocked the relay serves' },
];

for (const { kinds, turn, path, says } of cases) {
  test(says, async ({ person }) => {
    const lab = await NatLab.build(kinds);
    const coturn = await lab.turn(secret);
    const uris = turn ? `stun:${publicAddress}:${coturn},turn:${publicAddress}:${coturn}?transport=udp` : '';
    const relay = await Relay.start({
      namespace: lab.publicNetwork,
      host: publicAddress,
      settings: turn ? { HUSHROOM_TURN_URLS: uris, HUSHROOM_TURN_SECRET: secret } : {},
    });
    const url = `http://${publicAddress}:${relay.port}`;
    const browsers = [await lab.browser(0, url), await lab.browser(1, url)];
    try {
      const [ann, bob] = [await person('Ann', { browser: browsers[0]! }), await person('Bob', { browser: browsers[1]! })];
      await ann.opens(url);
      await ann.createsRoom({ name: 'Ann' });
      await bob.opens(await ann.copiesInvite());
      await bob.joins('Bob');
      await talk(ann, bob);
      await ann.seesPeople({ Bob: path }, 40_000);
      await bob.seesPeople({ Ann: path }, 40_000);
      await talk(bob, ann);
      if (path === 'turn') expect(lab.turnLog).toMatch(/ALLOCATE processed, success/);
    } finally {
      for (const browser of browsers) await browser.close();
      await relay.stop();
      await lab.close();
    }
  });
}

let talks = 0;
async function talk(speaker: Person, listener: Person): Promise<void> {
  const text = `heard across the wall, ${++talks}`;
  await speaker.says(text);
  await listener.sees(text);
  await speaker.seesDelivered(text);
}
