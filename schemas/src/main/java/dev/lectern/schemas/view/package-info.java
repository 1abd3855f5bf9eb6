/** The geometry and the pixels of views: what teacher and student must compute alike. */
package dev.lectern.schemas.view;
