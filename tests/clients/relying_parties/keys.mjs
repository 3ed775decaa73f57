// The private key that a client of the settings has, as the libraries take it.

import { webcrypto } from "node:crypto";

/** `private_key` is a key for ES256 (PKCS#8, PEM), `key_id` what its public part is called in the client's JWKS. */
export async function privateKey({ private_key, key_id }) {
  const bytes = Buffer.from(private_key.replace(/-----[^-]+-----|\s/g, ""), "base64");
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  return { key: await webcrypto.subtle.importKey("pkcs8", bytes, algorithm, false, ["sign"]), kid: key_id };
}
