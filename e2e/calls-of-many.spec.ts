/** Calls of more than two: push to talk, connections that die, and one that ends at somebody else. */
import { both, comesIn, flow, hears, madeUpDevices, seat, starts, tile } from './calling.ts';
import { expect, test } from './fixtures.ts';
import { meet } from './meet.ts';

test.use({ launchOptions: madeUpDevices });

/** As `watched`, in a browser that reports another certificate than the one the handshake led to. */
const betweenThem = () => {
  const real = RTCPeerConnection.prototype.getStats;
  RTCPeerConnection.prototype.getStats = async function (this: RTCPeerConnection) {
    const report = await real.call(this);
    const remote = [...report.values()].find(({ type }) => type === 'transport')?.remoteCertificateId;
    const forged = new Map(report.entries());
    forged.set(remote, { ...report.get(remote), fingerprint: Array(32).fill('AB').join(':') });
    return forged as RTCStatsReport;
  };
};

test('a third comes in; push to talk is heard while it is held; a connection that dies is made again', async ({ person, relay }) => {
  test.setTimeout(120_000);
  const { ann, bob, link } = await meet(person, relay, both);
  const cem = await person('Cem', seat);
  await cem.opens(link);
  await cem.joins('Cem');
  await cem.seesPeople({ Ann: /direct|relayed/, Bob: /direct|relayed/ });
  await starts(ann);
  await comesIn(bob);
  await comesIn(cem);
  for (const [one, others] of [
    [ann, ['Bob', 'Cem']],
    [bob, ['Ann', 'Cem']],
    [cem, ['Ann', 'Bob']],
  ] as const) {
    for (const other of others) await expect(tile(one, other)).toContainText('verified');
    await hears(one);
  }

  await ann.button('Devices').click();
  await ann.page.getByRole('checkbox', { name: /^Push to talk/ }).check();
  await ann.button('Done').click();
  await expect(tile(cem, 'Ann')).toContainText('muted');
  await ann.page.getByRole('heading', { name: 'Room', level: 1 }).focus();
  await ann.page.keyboard.down(' ');
  await expect(tile(cem, 'Ann')).not.toContainText('muted');
  await expect(tile(cem, 'Ann')).toContainText('speaking');
  await ann.page.keyboard.up(' ');
  await expect(tile(cem, 'Ann')).toContainText('muted');
  await ann.button('Show the chat').click();
  await ann.says('I listen');
  await bob.button('Show the chat').click();
  await bob.sees('I listen');
  await bob.button('Show the call').click();

  await bob.page.evaluate(() => {
    const { connections } = window as unknown as { connections: RTCPeerConnection[] };
    for (const connection of connections) if (connection.getTransceivers().length > 0) connection.close();
  });
  await expect(tile(cem, 'Bob')).toContainText('reconnecting', { timeout: 20_000 });
  await expect(tile(cem, 'Bob')).toContainText('verified', { timeout: 30_000 });
  await expect(tile(bob, 'Cem')).toContainText('verified', { timeout: 30_000 });
  await hears(cem);
});

test('a certificate that is not the one the handshake led to is refused, and nothing flows; others are not disturbed', async ({
  person,
  relay,
}) => {
  const { ann, bob, link } = await meet(person, relay, both);
  await bob.page.evaluate(betweenThem);
  const cem = await person('Cem', seat);
  await cem.opens(link);
  await cem.joins('Cem');
  await cem.seesPeople({ Ann: /direct|relayed/, Bob: /direct|relayed/ });
  await starts(ann);
  await comesIn(cem);
  await comesIn(bob);
  await expect(tile(bob, 'Ann')).toContainText('call-unauthentic');
  await expect(tile(ann, 'Bob')).toContainText('call-unauthentic');
  await expect(tile(ann, 'Cem')).toContainText('verified');
  await hears(ann);
  expect((await flow(bob)).voiceBytes).toBe(0);
});
