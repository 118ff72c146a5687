import './base.css';
import './card.css';
import './dialog.css';
