// Makes what the page /docs shows out of the npm package of Scalar: the script as it is published, compressed, and the
// licenses of all that is bundled in it. Needs Node.js, npm, gzip and the npm registry. Nothing of the package is run.
//
//   node crates/api/scalar/vendor.mjs
//
// To take another version, change it here, run this, and correct the version and the checksum in src/docs/scalar.rs.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const VERSION = "1.46.4";

const here = dirname(fileURLToPath(import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "scalar-"));
try {
  const wanted = `@scalar/api-reference@${VERSION}`;
  const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefix", folder];
  execFileSync("npm", ["install", ...options, wanted], { stdio: "inherit" });
  const browser = join(folder, "node_modules/@scalar/api-reference/dist/browser");
  const script = readFileSync(join(browser, "standalone.js"));
  writeFileSync(join(here, "scalar.js.gz"), execFileSync("gzip", ["-9n"], { input: script, maxBuffer: 2 ** 26 }));
  writeFileSync(join(here, "LICENSES"), licenses(join(browser, "webpack-stats.json")));
  console.log(`sha256 of the script: ${createHash("sha256").update(script).digest("hex")}`);
} finally {
  rmSync(folder, { recursive: true });
}

/** The licenses of the packages whose modules are in the bundle, each text once. */
function licenses(stats) {
  const names = new Set(["@scalar/api-reference"]);
  for (const { name } of JSON.parse(readFileSync(stats)).modules) {
    const path = name.split("/node_modules/").at(-1);
    if (path !== name) names.add(path.split("/").slice(0, path.startsWith("@") ? 2 : 1).join("/"));
  }
  const packages = new Map();
  for (const name of [...names].sort()) {
    const text = licenseOf(name);
    packages.set(text, [...(packages.get(text) ?? []), name]);
  }
  const parts = [...packages].map(([text, names]) => `${names.join(", ")}\n\n${text}\n`);
  return parts.join(`\n${"-".repeat(80)}\n\n`);
}

function licenseOf(name) {
  // Scalar's own packages have one license, whose text not all of them carry; some of theirs come inside of others.
  const scope = name === "@scalar/api-reference" ? "@scalar/api-client" : name;
  const installed = join(folder, "node_modules", scope);
  if (!existsSync(installed)) return "MIT";
  const file = readdirSync(installed).find((file) => /^(licen[cs]e|copying)/i.test(file));
  if (file) return readFileSync(join(installed, file), "utf8").replace(/\r|[ \t]+$/gm, "").trim();
  const { license, author } = JSON.parse(readFileSync(join(installed, "package.json")));
  return `${license ?? "MIT"}, by ${author?.name ?? author ?? "its authors"}`;
}
