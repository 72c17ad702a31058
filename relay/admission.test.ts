import { describe, expect, it } from 'vitest';
import { Admissions, crowd, household } from './admission.ts';
import { configOf } from './config.ts';
import { newCounters } from './metrics.ts';
import { FakeClock } from './testing/clock.ts';

describe('Admissions', () => {
  const admissions = (settings: object) => {
    const clock = new FakeClock();
    const counters = newCounters();
    return { clock, counters, admissions: new Admissions(configOf({ ...settings }), clock, counters.drops) };
  };

  it('bounds the sockets of an address, and all of them, and counts why', () => {
    const { admissions: door, counters } = admissions({ connections: 3, connectionsPerAddress: 2 });
    const first = door.admit('192.0.2.1');
    expect([door.admit('192.0.2.1').admitted, door.admit('192.0.2.1').admitted]).toEqual([true, false]);
    expect([door.admit('192.0.2.2').admitted, door.admit('192.0.2.3').admitted]).toEqual([true, false]);
    if (first.admitted) {
      first.ticket.giveBack();
      first.ticket.giveBack();
    }
    expect(door.admit('192.0.2.1').admitted).toBe(true);
    expect(counters.drops).toMatchObject({ connections: 1, connectionsOfAddress: 1 });
  });

  it('bounds how fast one address opens sockets, and says when to come again', () => {
    const { admissions: door, clock, counters } = admissions({ connectsPerSecondPerAddress: 1 });
    for (let i = 0; i < 20; i++) expect(door.admit('192.0.2.1').admitted).toBe(true);
    expect(door.admit('192.0.2.1')).toEqual({ admitted: false, retryS: 1 });
    expect(counters.drops.connectsOfAddress).toBe(1);
    expect(door.admit('192.0.2.2').admitted).toBe(true);
    clock.pass(2500);
    expect(door.admit('192.0.2.1').admitted).toBe(true);
  });

  it('takes no more from who tries too early: a flood puts nobody of its address off for longer', () => {
    const { admissions: door, clock } = admissions({ connectsPerSecondPerAddress: 1 });
    for (let i = 0; i < 10_000; i++) {
      const admission = door.admit('192.0.2.1');
      if (admission.admitted) admission.ticket.giveBack();
      else expect(admission.retryS).toBe(1);
    }
    clock.pass(1000);
    expect(door.admit('192.0.2.1').admitted).toBe(true);
    clock.pass(20_000);
    door.sweep();
    expect(door.size).toEqual({ open: 1, visitors: 1 });
  });

  it('bounds what one address asks at the desk, over all its sockets, and charges nothing for a refusal', () => {
    const { admissions: door, clock } = admissions({ errandsPerMinutePerAddress: 2 });
    const [one, two, other] = ['192.0.2.1', '192.0.2.1', '192.0.2.2'].map((address) => door.admit(address));
    if (!one?.admitted || !two?.admitted || !other?.admitted) throw new Error('not admitted');
    expect([one.ticket.spendErrand(1), two.ticket.spendErrand(1)]).toEqual([0, 0]);
    for (let i = 0; i < 5; i++) expect(two.ticket.spendErrand(1)).toBe(30);
    expect(other.ticket.spendErrand(1)).toBe(0);
    clock.pass(30_000);
    expect([one.ticket.spendErrand(1), two.ticket.spendErrand(1)]).toEqual([0, 30]);
    expect([other.ticket.spendErrand(2), other.ticket.spendErrand(1)]).toEqual([0, 30]);
    expect([one.ticket.household === two.ticket.household, one.ticket.household === other.ticket.household]).toEqual([true, false]);
  });

  it('bounds those who cannot be told apart together: as sixteen addresses, and to half of all sockets', () => {
    const limits = { connections: 40, connectionsPerAddress: 1, connectsPerSecondPerAddress: 1000, errandsPerMinutePerAddress: 1 };
    const { admissions: door, counters } = admissions(limits);
    const admitted = Array.from({ length: 20 }, () => door.admit(crowd)).filter(({ admitted }) => admitted);
    expect(admitted).toHaveLength(16);
    expect(counters.drops.connectionsOfAddress).toBe(4);
    expect(door.admit('192.0.2.1').admitted).toBe(true);
    const [one, two] = admitted;
    if (!one?.admitted || !two?.admitted) throw new Error('not admitted');
    expect([one.ticket.spendErrand(10), two.ticket.spendErrand(6), one.ticket.spendErrand(1)]).toEqual([0, 0, 4]);
    const few = admissions({ ...limits, connections: 10 }).admissions;
    expect(Array.from({ length: 10 }, () => few.admit(crowd)).filter(({ admitted }) => admitted)).toHaveLength(5);
  });

  it('holds no address, forgets who owes nothing, and everybody after a day', () => {
    const { admissions: door, clock } = admissions({});
    const admission = door.admit('198.51.100.77');
    expect(JSON.stringify(door, (_, value) => (value instanceof Map ? [...value.entries()] : value))).not.toContain('198.51');
    if (admission.admitted) admission.ticket.giveBack();
    clock.pass(1000);
    door.sweep();
    expect(door.size).toEqual({ open: 0, visitors: 0 });
    door.admit('198.51.100.77');
    clock.pass(24 * 3600 * 1000);
    door.sweep();
    expect(door.size).toEqual({ open: 1, visitors: 0 });
  });

  it('counts an IPv6 visitor by its /64 and a mapped IPv4 address as itself', () => {
    const pairs: [string, string][] = [
      ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9'],
      ['2001:0db8:0001:0002::', '2001:db8:1:2::5'],
      ['::ffff:192.0.2.1', '192.0.2.1'],
      ['fe80::1%eth0', 'fe80::2'],
    ];
    for (const [one, other] of pairs) expect(household(one)).toBe(household(other));
    expect(household('2001:db8:1:2::1')).not.toBe(household('2001:db8:1:3::1'));
    expect(household('::1')).not.toBe(household('1::'));
  });
});
