// What Spectral and Redocly find in a document, by the rules of openapi/spectral.yaml and openapi/redocly.yaml, as JSON.
import {readFile} from "node:fs/promises";
import {createConfig, lintFromString} from "@redocly/openapi-core";
import core from "@stoplight/spectral-core";
import parsers from "@stoplight/spectral-parsers";
import rulesets from "@stoplight/spectral-rulesets";

const [path, folder] = process.argv.slice(2);
const source = await readFile(path, "utf8");

async function bySpectral() {
  const {data} = parsers.Yaml.parse(await readFile(`${folder}/spectral.yaml`, "utf8"));
  if (String(data.extends) !== "spectral:oas") throw new Error("spectral.yaml extends something else");
  const linter = new core.Spectral();
  linter.setRuleset({extends: [[rulesets.oas, "recommended"]], rules: data.rules});
  const found = await linter.run(new core.Document(source, parsers.Json, path));
  return found.map((one) => `${one.code} at ${one.path.join(".")}: ${one.message}`);
}

async function byRedocly() {
  const config = await createConfig(await readFile(`${folder}/redocly.yaml`, "utf8"));
  const found = await lintFromString({source, absoluteRef: path, config});
  return found.map((one) => `${one.ruleId} at ${one.location[0]?.pointer}: ${one.message}`);
}

console.log(JSON.stringify({spectral: await bySpectral(), redocly: await byRedocly()}));
