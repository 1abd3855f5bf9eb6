/** GFLv2: generalized focal loss with a quality that the box distributions tell. */
package dev.lectern.detector.family.gflv2;
