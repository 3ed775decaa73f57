// What next-auth 5 makes of its configuration, without Next.js around it.

import { Auth } from "@auth/core";

export default function NextAuth(config) {
  const complete = { basePath: "/api/auth", secret: process.env.AUTH_SECRET, trustHost: true, ...config };
  const handle = (request) => Auth(request, complete);
  return { handlers: { GET: handle, POST: handle } };
}
