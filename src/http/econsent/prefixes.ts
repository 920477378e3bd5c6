/** Every eConsent call is served as `/x` and as `/api/x`. */
export const PREFIXES = ['', '/api'];
