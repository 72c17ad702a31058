/**
 * The operator's console as an onion service with a name, a key and a door of its own, beside the relay's: who knows the one learns nothing
 * of the other. It is for listed clients alone (tor/onion-clients.ts): its descriptor is always encrypted, to a key that nobody has where
 * the list is empty, and the door looks at the list once more. There is no probe as there is for the relay's onion: a tor that could make
 * it could find the console for every page that comes through this gateway.
 */
import type { Socket } from 'node:net';
import type { Config } from './config.ts';
import type { OperatorConsole } from './console/console.ts';
import type { Log } from './log.ts';
import { onionVisitor, openOnionDoor } from './onion-door.ts';
import type { Control } from './tor/control.ts';
import { TorError } from './tor/errors.ts';
import { publishFromFolder } from './tor/onion.ts';
import { clientNames } from './tor/onion-clients.ts';
import type { OwnTor } from './tor/process.ts';
import { onionFolder } from './tor/torrc.ts';

export interface ConsoleOnion {
  close(): Promise<void>;
}

/** His circuit, as the address that tor writes for it: what the console counts, lists and audits by. */
export const visitorOfOnion = (socket: Socket): string | undefined => onionVisitor(socket)?.replace(/^circuit /, '');

export async function openConsoleOnion(config: Config, log: Log, tor: OwnTor, opened: OperatorConsole): Promise<ConsoleOnion> {
  const server = opened.another(() => clientNames(config, 'console-onion').length > 0);
  await openOnionDoor(server, { path: tor.folder.consoleDoor });
  const publish = publishFromFolder(onionFolder(tor.folder, 'console-onion'));
  const announce = async (control: Control): Promise<void> => {
    let isPublished = false;
    let host = '';
    await control.listen(['HS_DESC'], ({ words: [, action, name] }) => {
      if (isPublished || action !== 'UPLOADED' || `${name}.onion` !== host) return;
      isPublished = true;
      log('console-onion');
    });
    host = await publish(control);
    opened.accept(`http://${host}`);
  };
  const stopWatching = tor.watch({
    onControl: (control) =>
      void announce(control).catch((error: unknown) => {
        if (!(error instanceof TorError)) throw error;
        log('tor-trouble', { trouble: error.code, ...(error.detail === '' ? {} : { detail: error.detail }) });
      }),
  });
  return {
    close: async () => {
      stopWatching();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
