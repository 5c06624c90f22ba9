// Loaded into firebase-tools before it starts. Its Auth emulator compiles the schema of every
// parameter of Google's API at its start, which takes three quarters of it, and firebase-tools has
// no switch for the option of exegesis that compiles them at their first use:
// https://github.com/exegesis-js/exegesis/blob/master/docs/Options.md
"use strict";

const { createRequire } = require("node:module");

const options = createRequire(require.resolve("firebase-tools/package.json"))("exegesis/lib/options");
const compile = options.compileOptions;
options.compileOptions = (given) => compile({ ...given, lazyCompileValidationSchemas: true });
