// Solves the physics beside the page, which stays alive meanwhile: where a picture goes, at some times
// from now, or, without any, its strain energy.
import { strainEnergy } from "./elasticity.js"
import { simulate } from "./coarsening.js"

onmessage = ({ data: { picture, b, lam, times } }) => {
  const report = (done) => postMessage({ done })
  try {
    const result = times ? simulate(picture, b, lam, times, report) : strainEnergy(picture)
    postMessage({ result })
  } catch (error) {
    postMessage({ failed: error.message })
  }
}
