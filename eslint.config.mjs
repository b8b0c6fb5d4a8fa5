import js from "@eslint/js";
import globals from "globals";
import noUnsanitized from "eslint-plugin-no-unsanitized";

// Trusted Types stop these in the browser; the linter stops them before they get there.
const sinks = ["eval", "Function"].map((name) => ({ name, message: "a script sink" }));

export default [
  { ignores: ["chalicelib/static/js/vendor/**", "build/**", ".venv/**"] },
  js.configs.recommended,
  noUnsanitized.configs.recommended,
  {
    rules: {
      eqeqeq: "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-restricted-globals": ["error", ...sinks],
      "no-restricted-properties": [
        "error",
        { object: "document", property: "write", message: "a script sink" },
        { property: "dangerouslySetInnerHTML", message: "a script sink" },
      ],
      "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "prefer-const": "error",
      "max-lines": ["error", { max: 300 }],
    },
  },
  { files: ["chalicelib/static/js/**"], languageOptions: { globals: globals.browser } },
  { files: ["chalicelib/static/sw.js"], languageOptions: { globals: { ...globals.serviceworker, app: "readonly" } } },
  { files: ["infra/web/**", "tests/js/**", "*.mjs"], languageOptions: { globals: globals.node } },
];
