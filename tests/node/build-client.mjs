// Makes the TypeScript types of a document, and compiles them with a file that uses them, as strictly as tsc can.
import {readFile, writeFile} from "node:fs/promises";
import openapiTS, {astToString} from "openapi-typescript";
import ts from "typescript";

const [path, folder, used] = process.argv.slice(2);
const types = `${folder}/seloste.ts`;
const example = `${folder}/example.ts`;
await writeFile(types, astToString(await openapiTS(JSON.parse(await readFile(path, "utf8")))));
await writeFile(example, await readFile(used, "utf8"));

const program = ts.createProgram([example], {
  strict: true,
  noEmit: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  types: [],
  lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
});
const found = ts.getPreEmitDiagnostics(program).map((one) => ts.flattenDiagnosticMessageText(one.messageText, "\n"));
console.log(JSON.stringify({faults: found, files: program.getRootFileNames().length}));
