/**
 * The page's one Trusted Types policy: script addresses of its own origin, for the service worker and the password worker. The
 * relay's CSP names it; nothing else may turn text into code.
 */

const ownOrigin = (address: string): string => {
  if (new URL(address, location.href).origin !== location.origin) throw new TypeError(`not a script of this page: ${address}`);
  return address;
};

interface Policies {
  createPolicy(name: string, rules: { createScriptURL(address: string): string }): { createScriptURL(address: string): string };
}

const policy = (globalThis as { trustedTypes?: Policies }).trustedTypes?.createPolicy('hushroom', { createScriptURL: ownOrigin });

/** `address` as a script address that a browser with Trusted Types accepts. Throws where it is not the page's own. */
export function scriptAddress(address: string): string {
  return policy?.createScriptURL(address) ?? ownOrigin(address);
}
