/** The images, built and run for real with buildah. */
package dev.lectern.image;
