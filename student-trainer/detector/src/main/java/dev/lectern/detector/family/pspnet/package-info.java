/** PSPNet. */
package dev.lectern.detector.family.pspnet;
