import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Isolation, IsolationKey, type IsolationLevel, isolationLevels } from './isolation.ts';

const purpose = { destination: 'a.onion', credential: 'ann', session: '1' };
const same = (a: IsolationKey, b: IsolationKey): boolean => a.user === b.user && a.password === b.password;

describe('isolation keys', () => {
  it('are the same for the same purpose and epoch, and for nothing else', () => {
    const isolation = new Isolation();
    const key = isolation.key(purpose, 0);
    expect(same(key, isolation.key({ ...purpose }, 0))).toBe(true);
    expect(same(key, isolation.key(purpose, 1))).toBe(false);
    for (const level of isolationLevels) expect(same(key, isolation.key({ ...purpose, [level]: 'other' }, 0))).toBe(false);
  });

  it('differ exactly in what the levels ask for, in every combination of them', () => {
    const combinations = [1, 2, 3, 4, 5, 6, 7].map((bits) => isolationLevels.filter((_, i) => (bits >> i) & 1));
    for (const levels of combinations) {
      const isolation = new Isolation(levels);
      for (const changed of isolationLevels) {
        const other = isolation.key({ ...purpose, [changed]: 'other' }, 0);
        expect(same(isolation.key(purpose, 0), other)).toBe(!levels.includes(changed));
      }
    }
  });

  it('are strictest where nothing is said', () => {
    expect(new Isolation().levels).toEqual(isolationLevels);
  });

  it('are not made without what the policy asks for: it fails closed', () => {
    for (const level of isolationLevels) {
      const { [level]: _, ...rest } = purpose;
      expect(() => new Isolation().key(rest, 0)).toThrow(TypeError);
      expect(() => new Isolation().key({ ...purpose, [level]: '' }, 0)).toThrow(TypeError);
      expect(() => new Isolation(isolationLevels.filter((other) => other !== level)).key(rest, 0)).not.toThrow();
    }
    expect(() => new Isolation([])).toThrow(RangeError);
    expect(() => new Isolation(['nothing' as IsolationLevel])).toThrow(RangeError);
    expect(() => new IsolationKey('', '', '')).toThrow(RangeError);
  });

  it('do not mix up where one part ends and the next begins', () => {
    const isolation = new Isolation();
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 2 }), fc.nat(), (a, b, cut) => {
        const at = 1 + (cut % (b.length - 1));
        const one = isolation.key({ destination: a, credential: b, session: 's' }, 0);
        const two = isolation.key({ destination: a + b.slice(0, at), credential: b.slice(at), session: 's' }, 0);
        expect(same(one, two)).toBe(false);
      }),
    );
  });

  it('are another process’s to nobody: keys and tags say nothing elsewhere', () => {
    const [here, elsewhere] = [new Isolation(), new Isolation()];
    expect(same(here.key(purpose, 0), elsewhere.key(purpose, 0))).toBe(false);
    expect(here.tag('a.onion')).toMatch(/^[0-9a-f]{8}$/);
    expect(here.tag('a.onion')).toBe(here.tag('a.onion'));
    expect(here.tag('a.onion')).not.toBe(elsewhere.tag('a.onion'));
  });
});
