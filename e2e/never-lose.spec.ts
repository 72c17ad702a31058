/** Nothing that was said is lost, whatever breaks. Every cut here is a real one. */
import { setTimeout as passes } from 'node:timers/promises';
import { expect, test } from './fixtures.ts';
import { meet } from './meet.ts';

test.describe.configure({ timeout: 180_000 });

/** How long the scenario itself lasts; this is no waiting for something to happen. */
const seconds = async (count: number) => await passes(count * 1000);

test('the data channel dies: the chat goes on through the relay', async ({ person, relay, line }) => {
  const bobsLine = await line();
  const { ann, bob } = await meet(person, relay, { bob: { line: bobsLine } });
  await ann.seesPeople({ Bob: 'direct' });
  await bob.seesPeople({ Ann: 'direct' });
  bobsLine.swallow('udp');
  await ann.says('can you hear me?');
  await bob.says('can you hear me too?');
  await bob.sees('can you hear me?');
  await ann.sees('can you hear me too?');
  await ann.seesDelivered('can you hear me?');
  await ann.seesPeople({ Bob: 'relayed' }, 60_000);
});

test('the WebSocket dies for 30 seconds: the direct path carries on', async ({ person, relay, line }) => {
  const bobsLine = await line();
  const { ann, bob } = await meet(person, relay, { bob: { line: bobsLine } });
  await ann.seesPeople({ Bob: 'direct' });
  await bob.seesPeople({ Ann: 'direct' });
  bobsLine.swallow('tcp');
  await ann.says('without the relay');
  await bob.sees('without the relay');
  await bob.says('indeed');
  await ann.sees('indeed');
  await seconds(30);
  await ann.says('still');
  await bob.sees('still');
  bobsLine.heal();
  await bob.says('back');
  await ann.sees('back');
  await bob.seesDelivered('back');
});

test('both die for 30 seconds: what was said meanwhile arrives, once and in order', async ({ person, relay, line }) => {
  const bobsLine = await line();
  const { ann, bob } = await meet(person, relay, { bob: { line: bobsLine } });
  await ann.says('before the cut');
  await bob.sees('before the cut');
  bobsLine.cut();
  const fromAnn = ['one of Ann', 'two of Ann', 'three of Ann'];
  const fromBob = ['one of Bob', 'two of Bob', 'three of Bob'];
  for (const text of fromAnn) await ann.says(text);
  for (const text of fromBob) await bob.says(text);
  await bob.seesUndelivered('one of Bob');
  await seconds(30);
  for (const text of fromBob) {
    await ann.doesNotSee(text);
    await bob.seesUndelivered(text);
  }
  bobsLine.mend();
  for (const text of fromAnn) await bob.sees(text, 40_000);
  for (const text of fromBob) await ann.sees(text, 40_000);
  expect(await bob.order(fromAnn)).toEqual(fromAnn);
  expect(await ann.order(fromBob)).toEqual(fromBob);
  expect(await ann.order([...fromAnn, ...fromBob])).toEqual(await bob.order([...fromAnn, ...fromBob]));
  for (const text of fromAnn) await ann.seesDelivered(text, 40_000);
  for (const text of fromBob) await bob.seesDelivered(text, 40_000);
  await ann.seesPeople({ Bob: /direct|relayed/ });
});

test('the relay is killed and started again: the direct chat never stops, and a newcomer can come', async ({ person, startRelay }) => {
  const relay = await startRelay();
  const { ann, bob, link } = await meet(person, relay);
  await ann.seesPeople({ Bob: 'direct' });
  await bob.seesPeople({ Ann: 'direct' });
  await relay.kill();
  await ann.says('the relay is gone');
  await bob.sees('the relay is gone');
  await ann.seesDelivered('the relay is gone');
  await bob.says('so it is');
  await ann.sees('so it is');
  await relay.start();
  const carol = await person('Carol');
  await carol.opens(link);
  await carol.joins('Carol');
  await carol.seesPeople({ Ann: /direct|relayed/, Bob: /direct|relayed/ }, 40_000);
  await carol.says('hello both');
  await ann.sees('hello both');
  await bob.sees('hello both');
});

test('the relay is killed and started again under a relay-only room: nothing is lost', async ({ person, startRelay }) => {
  const relay = await startRelay();
  const { ann, bob } = await meet(person, relay, { choices: { relayOnly: true } });
  await relay.kill();
  await ann.says('into the void');
  await bob.says('me too');
  await ann.seesWaiting('into the void');
  await bob.doesNotSee('into the void');
  await relay.start();
  await bob.sees('into the void', 40_000);
  await ann.sees('me too', 40_000);
  await ann.seesDelivered('into the void');
  await bob.seesDelivered('me too');
});

test('the relay is shut down by its operator and comes back: nothing is lost', async ({ person, startRelay }) => {
  const relay = await startRelay();
  const { ann, bob } = await meet(person, relay, { choices: { relayOnly: true } });
  await relay.stop();
  await ann.says('during the update');
  await relay.start();
  await bob.sees('during the update', 40_000);
  await ann.seesDelivered('during the update');
});

test('a phone that slept for a minute has missed nothing', async ({ person, relay, line }) => {
  const bobsLine = await line();
  const { ann, bob } = await meet(person, relay, { bob: { line: bobsLine } });
  await bob.says('putting the phone away');
  await ann.sees('putting the phone away');
  bobsLine.cut();
  bobsLine.sleep();
  await ann.says('are you asleep?');
  await ann.seesPeople({ Bob: 'reconnecting' }, 60_000);
  await seconds(20);
  await ann.says('sleep well');
  bobsLine.mend();
  bobsLine.wake();
  await bob.sees('are you asleep?', 40_000);
  await bob.sees('sleep well', 40_000);
  await ann.seesDelivered('sleep well', 40_000);
  await bob.says('good morning');
  await ann.sees('good morning');
  await ann.seesPeople({ Bob: /direct|relayed/ });
});

test('a part of the page that the relay did not answer with comes as soon as it can be fetched', async ({ person, relay }) => {
  const ann = await person('Ann');
  let asked = 0;
  /** Answers no request for these files until the page has asked more than once. */
  const comeLate = async (files: RegExp): Promise<void> => {
    asked = 0;
    await ann.page.route(files, (route) => {
      asked++;
      return route.abort();
    });
  };
  const come = async (files: RegExp): Promise<void> => {
    await expect.poll(() => asked).toBeGreaterThan(1);
    await ann.page.unroute(files);
  };
  const home = /assets\/Home-/;
  await comeLate(home);
  await ann.opens(relay.url);
  await come(home);

  const ofPassword = /assets\/cpace-/;
  await comeLate(ofPassword);
  const created = ann.createsRoom({ name: 'Ann', password: 'a long and quiet evening' });
  await come(ofPassword);
  await created;
  await ann.copiesInvite();
});
