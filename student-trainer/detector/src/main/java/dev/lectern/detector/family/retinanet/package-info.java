/** RetinaNet. */
package dev.lectern.detector.family.retinanet;
