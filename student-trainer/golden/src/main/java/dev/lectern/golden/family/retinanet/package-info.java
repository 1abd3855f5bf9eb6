/** Golden cases of RetinaNet. */
package dev.lectern.golden.family.retinanet;
