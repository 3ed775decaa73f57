// What both clients are run with, and how they say that something is not as it should be.

declare const process: { argv: string[] };

/** Where the server is. */
export const baseUrl = process.argv[2] ?? "";

/** An account that only this run has. */
export const account = {
  email: process.argv[3] ?? "",
  password: "correct horse battery",
  full_name: "Ada Lovelace",
};

/** Fails unless the two are the same. */
export function equal<T>(found: T, expected: T, what: string): void {
  if (found !== expected) throw new Error(`${what}: ${String(found)} and not ${String(expected)}`);
}

/** What is there; fails if nothing is. */
export function present<T>(found: T | undefined, what: string): T {
  if (found === undefined) throw new Error(`${what} is missing`);
  return found;
}
