// Parses every diagram of a JSON list on standard input with mermaid's own parser; prints the errors as JSON.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { readFileSync } from "node:fs";

const require = createRequire(pathToFileURL(process.argv[2] + "/anchor.js"));
const { JSDOM } = require("jsdom");
const { window } = new JSDOM("");
globalThis.window = window;
globalThis.document = window.document;
const { default: mermaid } = await import(pathToFileURL(require.resolve("mermaid")).href);

const errors = [];
for (const text of JSON.parse(readFileSync(0, "utf8"))) {
  try {
    await mermaid.parse(text);
    errors.push("");
  } catch (error) {
    errors.push(String(error.message ?? error) || "not parsed");
  }
}
console.log(JSON.stringify(errors));
