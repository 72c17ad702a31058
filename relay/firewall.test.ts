import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { difference, rulesFor, rulesText } from './firewall.ts';

const rules = { ports: [443, 80], innerPorts: [8081], connectsPerSecond: 20 };

describe('the rules', () => {
  it('bound new connections for each address and close inner ports to others', () => {
    const text = rulesText(rules);
    expect(text).toContain('tcp dport 8081 drop');
    expect(text).toContain(
      'tcp dport { 80, 443 } ct state new add @newcomers_ipv4 { ip saddr limit rate over 20/second burst 400 packets } drop',
    );
    expect(text.indexOf('iif "lo" accept')).toBeLessThan(text.indexOf('tcp dport 8081 drop'));
    expect(rulesText({ ...rules, innerPorts: [] })).not.toContain('8081');
  });

  it.each(['iptables', 'ufw', 'firewalld'] as const)('are told to users of %s, every port of them', (frontEnd) => {
    const text = rulesFor(frontEnd, rules);
    for (const port of [80, 443, 8081]) expect(text).toContain(String(port));
  });
});

describe('the difference that is shown before rules are loaded', () => {
  it('is nothing between equal rules, and every line where there were none', () => {
    const text = rulesText(rules);
    expect(difference(text, text)).toBe('');
    expect(
      difference('', text)
        .split('\n')
        .filter((line) => line.startsWith('+ ')),
    ).toHaveLength(text.split('\n').filter(Boolean).length);
  });

  it('names a changed line once as gone and once as new', () => {
    const changed = difference(rulesText(rules), rulesText({ ...rules, innerPorts: [8082] }));
    expect(changed.split('\n').filter((line) => /^[-+]/.test(line))).toEqual(['- \t\ttcp dport 8081 drop', '+ \t\ttcp dport 8082 drop']);
  });

  it('turns the one text into the other, whatever they are', () => {
    const texts = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 });
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        const shown = difference(before.join('\n'), after.join('\n'))
          .split('\n')
          .filter((line) => line !== '');
        const side = (sign: string): string[] =>
          shown.filter((line) => line.startsWith(sign) || line.startsWith('  ')).map((line) => line.slice(2));
        if (before.join() !== after.join()) {
          expect(side('- ')).toEqual(before);
          expect(side('+ ')).toEqual(after);
        } else expect(shown).toEqual([]);
      }),
    );
  });
});
