// Where Portcullis is. Beside a page of http://localhost it is called localhost, too: 127.0.0.1 is another site to browsers.
export const SERVER = "http://localhost:8000";

// Where the refresh token is kept: "cookie" or "memory".
export const REFRESH_TOKEN_IN = "cookie";
