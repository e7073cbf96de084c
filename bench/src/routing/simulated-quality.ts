/**
 * Whether a model does a task: simulated, for nobody could repeat a run against real ones.
 *
 * A model of each quality tier has a skill; the chance that it does a task falls along a logistic curve from
 * nearly one, where the task is far easier than its skill, to nearly none. The task brings its luck along,
 * the same for every model, so a stronger model does all that a weaker one does: escalating is never a
 * second draw of the lottery, and what the best fails at is failed by all.
 */
import type { QualityTier } from "@orrery/protocol";
import type { Task } from "./task-mix.ts";

/** By tier; assumptions, and not measurements. Small models do half of the mix, the best nearly all. */
export type Skills = Readonly<Record<QualityTier, number>>;

export const assumedSkills: Skills = { 1: 0.45, 2: 0.62, 3: 0.82, 4: 0.92 };

/** The same, with all but the best a good deal weaker: how much of the result hangs on the assumption. */
export const harsherSkills: Skills = { 1: 0.2, 2: 0.4, 3: 0.7, 4: 0.92 };

/** How fast the chance falls: at this distance from the skill it is one to three, or three to one. */
const slope = 0.09;

export function passChance(skill: number, difficulty: number): number {
  return 1 / (1 + 3 ** ((difficulty - skill) / slope));
}

/** The task's check. */
export const passes = (task: Task, tier: QualityTier, skills: Skills = assumedSkills): boolean =>
  task.luck < passChance(skills[tier], task.difficulty);
