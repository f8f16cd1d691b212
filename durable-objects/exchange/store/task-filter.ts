/** Which tasks a list of the ledger has, and as what SQL asks for them. Times in epoch ms. */

/** Which tasks a list has: null takes all. */
export interface TaskFilter {
  owners: readonly number[] | null;
  requesters: readonly number[] | null;
  role: string | null;
  states: readonly number[];
}

/** Of a list by last change: those that changed at `from` or later, and before `to`. */
export interface ChangedWithin {
  from: number;
  to: number;
}

/** Behind this one a page of a list by last change begins. */
export interface ChangePlace {
  changedAt: number;
  number: number;
}

/** The conditions of a list, joined by AND, with what they bind. */
export function conditionsOf({ owners, requesters, role, states }: TaskFilter): { where: string; bindings: string[] } {
  const where = ["state IN (SELECT value FROM json_each(?))"];
  const bindings = [JSON.stringify(states)];
  const narrow = (condition: string, value: string | null) => {
    if (value === null) return;
    where.push(condition);
    bindings.push(value);
  };
  narrow("owner IN (SELECT value FROM json_each(?))", owners && JSON.stringify(owners));
  narrow("requester IN (SELECT value FROM json_each(?))", requesters && JSON.stringify(requesters));
  narrow("role = ?", role);
  return { where: where.join(" AND "), bindings };
}
