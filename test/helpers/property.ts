/** fast-check with a fixed seed: the same cases in every run. Other cases: change the seed, pin what fails as an example. */
import fc from "fast-check";

fc.configureGlobal({ seed: 20_261_122 });

export { fc };
