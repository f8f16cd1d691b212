import { z } from "zod";

/** What half a character (a surrogate without its other half) cannot pass: no strict reader could read the frame. */
export const WellFormedText = z.string().overwrite((text) => text.toWellFormed());
