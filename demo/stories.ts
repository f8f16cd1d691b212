/** The stories that every run of the demo tells once. */
import { CHECKOUT, DESIGN, REVIEW } from "./stories/development.ts";
import { INCIDENT, RELEASE } from "./stories/production.ts";
import { ABSENCE, OPEN_QUESTIONS } from "./stories/unanswered.ts";
import type { Story } from "./story.ts";

/** Told in every run, the incident first. */
export const STORIES: readonly Story[] = [INCIDENT, CHECKOUT, REVIEW, RELEASE, ABSENCE, OPEN_QUESTIONS, DESIGN];
