/** Made by the build (web/build.ts) for the service worker. */
declare module 'virtual:precache' {
  /** URL paths of all files of the page; the shell as `/`. */
  export const files: readonly string[];
  /** Digest over those files' names and contents. */
  export const version: string;
}
