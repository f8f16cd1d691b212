/** The tool about this session itself. */
import { z } from "zod";
import { declareTool } from "./tool.ts";

export const hubStatus = declareTool({
  name: "hub_status",
  description:
    "Connected? As whom? How do messages reach you, and what is missing? Call it when something does not work.",
  schema: z.object({}),
  annotations: { readOnlyHint: true },
  run: async (_, { session }) => ({ ok: true, value: session.describe() }),
});
