// A webshop in TypeScript: every path, member and status below is checked against the document.
import type {components, paths} from "./seloste";

type Customer = components["schemas"]["CustomerFields"];
type Upsert = paths["/v1/customers/by-reference/{system}/{external_id}"]["put"];
type Known = Upsert["responses"][200]["content"]["application/json"];
type Refused = Upsert["responses"][410]["content"]["application/problem+json"];
type Check = paths["/v1/processing-checks"]["post"];

export async function known(base: string, token: string, number: string, buyer: Customer): Promise<string | null> {
  const answer = await fetch(`${base}/v1/customers/by-reference/webshop/${number}`, {
    method: "PUT",
    headers: {Authorization: `Bearer ${token}`, "Content-Type": "application/json"},
    body: JSON.stringify(buyer satisfies Upsert["requestBody"]["content"]["application/json"]),
  });
  if (answer.status === 410) {
    const problem: Refused = await answer.json();
    return problem.code === "customer-erased" ? null : problem.title;
  }
  const customer: Known = await answer.json();
  return customer.id;
}

export const question: Check["requestBody"]["content"]["application/json"] = {
  purpose: "newsletter",
  channel: "email",
  subjects: [{system: "webshop", id: "1001"}],
};

// @ts-expect-error a purpose is needed: what is not refused here would be refused by the service
export const unfinished: Check["requestBody"]["content"]["application/json"] = {subjects: []};
