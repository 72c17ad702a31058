/**
 * `hushroom-relay firewall`: rules in an nftables table of their own, `inet hushroom`, so that whatever else a host's firewall says stays
 * as it was. They bound how fast one address may open connections, before the relay has to, and close its inner ports
 * (console, metrics behind a port of their own) to everybody else, even where `host` was set too wide by mistake.
 *
 * A rule that locks out its author is the classic accident, so `apply` shows the difference, loads the table in one
 * transaction and puts back what was there after 60 s, or at the end of the terminal, unless it is confirmed.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { RelayError } from './errors.ts';

export interface FirewallRules {
  /** The port that people reach, and where a proxy is in front, the proxy's. */
  readonly ports: readonly number[];
  /** Ports that only this computer may reach. */
  readonly innerPorts: readonly number[];
  /** Connections that one address may open a second, 20 seconds of it at once. */
  readonly connectsPerSecond: number;
}

const table = 'inet hushroom';
export const confirmMs = 60_000;
const burstSeconds = 20;

/** The table as `nft list table` prints it, so that what is there and what is wanted can be laid side by side. */
export function rulesText({ ports, innerPorts, connectsPerSecond }: FirewallRules): string {
  const set = (numbers: readonly number[]): string => {
    const sorted = [...new Set(numbers)].sort((a, b) => a - b);
    return sorted.length === 1 ? String(sorted[0]) : `{ ${sorted.join(', ')} }`;
  };
  const over = `limit rate over ${connectsPerSecond}/second burst ${connectsPerSecond * burstSeconds} packets`;
  const newcomers = (family: 'ipv4' | 'ipv6'): string[] => [
    `\tset newcomers_${family} {`,
    `\t\ttype ${family}_addr`,
    '\t\tsize 65535',
    '\t\tflags dynamic,timeout',
    '\t\ttimeout 1m',
    '\t}',
    '',
  ];
  const inner = innerPorts.length === 0 ? [] : [`\t\ttcp dport ${set(innerPorts)} drop`];
  return [
    `table ${table} {`,
    ...newcomers('ipv4'),
    ...newcomers('ipv6'),
    '\tchain input {',
    '\t\ttype filter hook input priority filter; policy accept;',
    '\t\tiif "lo" accept',
    '\t\tct state established,related accept',
    ...inner,
    `\t\ttcp dport ${set(ports)} ct state new add @newcomers_ipv4 { ip saddr ${over} } drop`,
    `\t\ttcp dport ${set(ports)} ct state new add @newcomers_ipv6 { ip6 saddr & ffff:ffff:ffff:ffff:: ${over} } drop`,
    '\t}',
    '}',
    '',
  ].join('\n');
}

/** The same rules for hosts that use another front end, to be copied by hand. */
export function rulesFor(frontEnd: 'iptables' | 'ufw' | 'firewalld', { ports, innerPorts, connectsPerSecond }: FirewallRules): string {
  const list = ports.join(',');
  const burst = connectsPerSecond * burstSeconds;
  switch (frontEnd) {
    case 'iptables':
      return [
        ...innerPorts.map((port) => `iptables -A INPUT ! -i lo -p tcp --dport ${port} -j DROP`),
        `iptables -A INPUT -p tcp -m multiport --dports ${list} -m conntrack --ctstate NEW -m hashlimit --hashlimit-name hushroom --hashlimit-mode srcip --hashlimit-above ${connectsPerSecond}/second --hashlimit-burst ${burst} -j DROP`,
        `ip6tables -A INPUT -p tcp -m multiport --dports ${list} -m conntrack --ctstate NEW -m hashlimit --hashlimit-name hushroom --hashlimit-mode srcip --hashlimit-srcmask 64 --hashlimit-above ${connectsPerSecond}/second --hashlimit-burst ${burst} -j DROP`,
        ...innerPorts.map((port) => `ip6tables -A INPUT ! -i lo -p tcp --dport ${port} -j DROP`),
        '',
      ].join('\n');
    case 'ufw':
      return [...innerPorts.map((port) => `ufw deny ${port}/tcp`), ...ports.map((port) => `ufw limit ${port}/tcp`), ''].join('\n');
    case 'firewalld':
      return [
        ...ports.map((port) => `firewall-cmd --permanent --add-port=${port}/tcp`),
        ...innerPorts.map((port) => `firewall-cmd --permanent --remove-port=${port}/tcp`),
        'firewall-cmd --reload',
        '',
      ].join('\n');
  }
}

/** The rules in force; empty where there are none. Throws `RelayError` `no-firewall` where nft is missing or may not be used. */
export async function rulesInForce(): Promise<string> {
  const { code, out, err } = await nft(['--stateless', 'list', 'table', ...table.split(' ')]);
  if (code === 0) return out;
  if (/No such file or directory/.test(err)) return '';
  throw new RelayError('no-firewall', `nft cannot be used: ${err.trim().split('\n')[0]}`);
}

/** Lines that differ, with - and + before them; empty where nothing does. */
export function difference(before: string, after: string): string {
  const [old, young] = [before, after].map((text) => text.split('\n').filter((line) => line !== ''));
  const kept = commonLines(old!, young!);
  const lines: string[] = [];
  let [i, j] = [0, 0];
  for (const line of [...kept, null]) {
    while (i < old!.length && old![i] !== line) lines.push(`- ${old![i++]}`);
    while (j < young!.length && young![j] !== line) lines.push(`+ ${young![j++]}`);
    if (line !== null) lines.push(`  ${line}`);
    i++;
    j++;
  }
  return lines.some((line) => !line.startsWith('  ')) ? `${lines.join('\n')}\n` : '';
}

/** The longest list of lines that both have in this order. */
function commonLines(old: readonly string[], young: readonly string[]): string[] {
  const best = Array.from({ length: old.length + 1 }, () => new Array<number>(young.length + 1).fill(0));
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = young.length - 1; j >= 0; j--)
      best[i]![j] = old[i] === young[j] ? best[i + 1]![j + 1]! + 1 : Math.max(best[i + 1]![j]!, best[i]![j + 1]!);
  const common: string[] = [];
  for (let [i, j] = [0, 0]; i < old.length && j < young.length; ) {
    if (old[i] === young[j]) {
      common.push(old[i]!);
      i++;
      j++;
    } else if (best[i + 1]![j]! >= best[i]![j + 1]!) i++;
    else j++;
  }
  return common;
}

/** Replaces the table in one transaction: there is no moment without rules. Empty text removes it. Throws `RelayError` `no-firewall`. */
export async function load(text: string): Promise<void> {
  // Declaring an empty table first makes deleting it possible where there was none.
  const { code, err } = await nft(['-f', '-'], `table ${table} {}\ndelete table ${table}\n${text}`);
  if (code !== 0) throw new RelayError('no-firewall', `nft refused the rules: ${err.trim().split('\n')[0]}`);
}

interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
}

/**
 * Shows the difference, loads the rules, and waits for "yes". Resolves to `applied`, `unchanged`, or `rolled-back` when nobody confirmed
 * within `withinMs` or the terminal went away.
 */
export async function applyRules(
  wanted: string,
  { input, output }: Terminal,
  withinMs: number,
): Promise<'applied' | 'unchanged' | 'rolled-back'> {
  const before = await rulesInForce();
  const changes = difference(before, wanted);
  if (changes === '') return 'unchanged';
  output.write(changes);
  // Before the rules are in force, so that at no moment the end of the terminal ends this program and leaves them there.
  const answer = confirmed(input, withinMs);
  await load(wanted);
  output.write(`\nThe rules are in force. Type yes within ${Math.round(withinMs / 1000)} s to keep them: `);
  if (await answer) return 'applied';
  await load(before);
  return 'rolled-back';
}

function confirmed(input: Readable, withinMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const lines = createInterface({ input });
    const settle = (answer: boolean): void => {
      resolve(answer); // before closing the lines, which is an answer too
      clearTimeout(timer);
      process.off('SIGHUP', hungUp);
      process.off('SIGINT', hungUp);
      process.off('SIGTERM', hungUp);
      lines.close();
    };
    const hungUp = (): void => settle(false);
    const timer = setTimeout(hungUp, withinMs);
    process.on('SIGHUP', hungUp);
    process.on('SIGINT', hungUp);
    process.on('SIGTERM', hungUp);
    lines.once('line', (line) => settle(line.trim().toLowerCase() === 'yes'));
    lines.once('close', hungUp);
  });
}

function nft(args: readonly string[], text = ''): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('nft', args, { env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` } });
    let [out, err] = ['', ''];
    child.stdout.on('data', (bytes) => {
      out += bytes;
    });
    child.stderr.on('data', (bytes) => {
      err += bytes;
    });
    child.on('error', (cause) => reject(new RelayError('no-firewall', 'nft is not installed; apt-get install nftables', { cause })));
    child.on('close', (code) => resolve({ code, out, err }));
    child.stdin.on('error', () => {});
    child.stdin.end(text);
  });
}
