/** The program behind stuck-tor.sh: takes tor's own arguments and configuration, opens the control socket, and never gets further than half-way. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { FakeTor, offers } from './fake-tor.ts';

const args = process.argv.slice(2);
process.stdout.write('Nov 21 07:49:38.835 [notice] Tor 0.4.9.11 running on Linux\n');
if (!args.includes('--verify-config')) await run();

async function run(): Promise<void> {
  const torrc = readFileSync(args[args.indexOf('-f') + 1]!, 'utf8');
  const option = (name: string): string => new RegExp(`^${name} "(.*)"$`, 'm').exec(torrc)![1]!;
  mkdirSync(option('DataDirectory'), { recursive: true, mode: 0o700 });
  const phase = 'NOTICE BOOTSTRAP PROGRESS=50 TAG=loading_descriptors SUMMARY="Loading relay descriptors"';
  const fake: FakeTor = await FakeTor.start((command) => {
    const [verb, what] = command.split(' ');
    if (verb === 'PROTOCOLINFO') return offers('SAFECOOKIE', option('CookieAuthFile'));
    if (verb === 'AUTHCHALLENGE') return fake.challenge(command);
    if (verb === 'GETINFO') return [`250-${what}=${what === 'version' ? '0.4.9.11' : phase}`, '250 OK'];
    return ['250 OK'];
  }, option('ControlSocket'));
  writeFileSync(option('CookieAuthFile'), fake.cookie, { mode: 0o600 });
  process.on('SIGTERM', () => process.exit(0));
}
