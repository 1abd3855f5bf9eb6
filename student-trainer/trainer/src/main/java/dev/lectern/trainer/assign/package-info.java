/**
 * Assignment: which positions of a detector learn which object, and the regions that distillation
 * looks at. Plain Java on primitive arrays; the few assigners that need predictions take them so.
 *
 * <p>Positions run over all levels, level-major, then row-major over h, w. Boxes are xyxy pixels of
 * the network input unless stride units are stated.
 */
package dev.lectern.trainer.assign;
