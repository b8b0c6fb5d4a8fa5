// What browsers have and TypeScript's own types lack.
declare var trustedTypes:
  | { createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): { createScriptURL(url: string): unknown } }
  | undefined;
