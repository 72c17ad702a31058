/** One relay of two processes: people do not notice which of them they are at, nor that one is killed or the engine goes. */
import { expect, test } from './fixtures.ts';
import { freePort, Program } from './process.ts';
import { Splitter } from './splitter.ts';

test('two people at two processes talk, and go on when one process is killed and when the engine is gone', async ({
  person,
  startRelay,
}) => {
  const port = await freePort();
  const engine = (): Program => new Program('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', '/tmp']);
  let redis = engine();
  await redis.says(/Ready to accept connections/);
  const splitter = await Splitter.open();
  const settings = {
    HUSHROOM_ORIGINS: splitter.url,
    HUSHROOM_CLUSTER: `redis://127.0.0.1:${port}`,
    HUSHROOM_CLUSTER_SECRET: 'of sixteen letters',
    HUSHROOM_LISTING: 'no',
  };
  const [first, second] = [await startRelay({ settings }), await startRelay({ settings })];

  const [ann, bob] = [await person('Ann'), await person('Bob')];
  splitter.to = first.port;
  await ann.opens(splitter.url);
  await ann.createsRoom({ name: 'Ann', relayOnly: true });
  const link = await ann.copiesInvite();
  splitter.to = second.port;
  await bob.opens(link);
  await bob.joins('Bob');
  await ann.seesPeople({ Bob: 'relayed' });
  await ann.says('across');
  await bob.sees('across');
  await bob.says('and back');
  await ann.sees('and back');

  // Bob speaks on while Ann's process dies; she comes to the other one and has all of it, once and in order.
  const said = ['one', 'two', 'three', 'four', 'five'].map((word) => `${word} of Bob`);
  for (const text of said.slice(0, 2)) await bob.says(text);
  await first.kill();
  for (const text of said.slice(2)) await bob.says(text);
  await ann.says('of Ann, from nowhere');
  for (const text of said) await ann.sees(text, 40_000);
  await bob.sees('of Ann, from nowhere', 40_000);
  expect(await ann.order(said)).toEqual(said);
  await bob.seesDelivered('five of Bob');

  await redis.end();
  await second.says(/cluster-down/);
  await ann.says('without an engine');
  await bob.sees('without an engine');
  redis = engine();
  await expect.poll(() => second.log.filter((line) => line.includes('cluster-up')).length, { timeout: 30_000 }).toBe(2);
  await first.start();
  await first.says(/cluster-up/);
  splitter.to = first.port;
  const cem = await person('Cem');
  await cem.opens(link);
  await cem.joins('Cem');
  await cem.seesPeople({ Ann: 'relayed', Bob: 'relayed' });
  await cem.says('one again');
  for (const other of [ann, bob]) await other.sees('one again');
  await redis.end();
  await splitter.close();
});
