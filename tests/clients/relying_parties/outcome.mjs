// How a program of a client ends: one line that says what worked, or the reason why it failed. Never later than after two
// minutes.

import { readFileSync } from "node:fs";

const PATIENCE = 120_000;

/** Runs `work` with the settings in the file that the first argument names, and prints what it returns. */
export async function conclude(work) {
  const settings = JSON.parse(readFileSync(process.argv[2], "utf8"));
  const late = setTimeout(() => fail(new Error(`no end within ${PATIENCE / 1000} s`)), PATIENCE);
  try {
    console.log(`ok: ${await work(settings)}`);
    clearTimeout(late);
    process.exit(0);
  } catch (error) {
    fail(error);
  }
}

function fail(error) {
  console.error("failed:", error);
  process.exit(1);
}

/** Fails unless the work is refused, with an error of this `error`, `code` or name. */
export async function isRefused(what, work, ...names) {
  let done;
  try {
    done = await work();
  } catch (error) {
    const told = [error.error, error.code, error.name, error.cause?.error, error.cause?.code];
    if (names.some((name) => told.includes(name))) return error;
    throw new Error(`${what}: refused, but not by ${names}`, { cause: error });
  }
  throw new Error(`${what}: not refused, but ${JSON.stringify(done)}`);
}
